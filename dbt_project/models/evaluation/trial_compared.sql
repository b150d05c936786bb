with periods as (

    select * from {{ ref('trial_periods') }}

),

newest as (

    select
        ratios.horizon,
        ratios.run_id,
        ratios.n_periods,
        row_number() over (
            partition by ratios.horizon order by runs.started_at desc, ratios.run_id desc
        ) as age
    from {{ ref('trial_sharpe_ratios') }} as ratios
    inner join {{ ref('stg_ml__runs') }} as runs on ratios.run_id = runs.run_id
    where runs.kind = 'train'

),

reference as (

    select
        periods.horizon,
        periods.dt,
        newest.n_periods
    from periods
    inner join newest on periods.horizon = newest.horizon and periods.run_id = newest.run_id
    where newest.age = 1

),

on_its_days as (

    select
        periods.*,
        reference.n_periods as n_reference
    from periods
    inner join reference on periods.horizon = reference.horizon and periods.dt = reference.dt

),

comparable as (

    select
        horizon,
        run_id,
        count(*) over (partition by horizon) as n_trials
    from on_its_days
    group by horizon, run_id
    having count(*) >= 0.95 * max(n_reference)

),

compared as (

    select
        on_its_days.horizon,
        on_its_days.run_id,
        on_its_days.dt,
        on_its_days.spread,
        comparable.n_trials,
        count(*) over (partition by on_its_days.horizon, on_its_days.dt) as n_present
    from on_its_days
    inner join comparable
        on on_its_days.horizon = comparable.horizon and on_its_days.run_id = comparable.run_id

),

common as (

    select
        horizon,
        run_id,
        dt,
        spread
    from compared
    where n_present = n_trials

)

select * from common
