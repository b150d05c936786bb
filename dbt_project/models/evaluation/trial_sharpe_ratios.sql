with periods as (

    select * from {{ ref('trial_periods') }}

),

centred as (

    select
        periods.*,
        spread - avg(spread) over (partition by horizon, run_id) as deviation
    from periods

),

moments as (

    select
        horizon,
        run_id,
        cast(count(*) as bigint) as n_periods,
        min(dt) as dt_from,
        max(dt) as dt_to,
        avg(spread) as mean_spread,
        case when max(spread) > min(spread) then avg(power(deviation, 2)) end as variance,
        avg(power(deviation, 3)) as third_moment,
        avg(power(deviation, 4)) as fourth_moment,
        array_agg(dt order by dt) as days,
        array_agg(spread order by dt) as spreads
    from centred
    group by horizon, run_id

),

-- trials with equal returns in the same periods are one
ratios as (

    select
        horizon,
        run_id,
        min(run_id) over (partition by horizon, days, spreads) as first_run_id,
        n_periods,
        dt_from,
        dt_to,
        mean_spread,
        mean_spread / sqrt(variance * n_periods / (n_periods - 1)) as sharpe,
        third_moment / power(variance, 1.5) as skewness,
        fourth_moment / power(variance, 2) as kurtosis
    from moments

)

select * from ratios
