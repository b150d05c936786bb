{% set n_blocks = 10 %}
with compared as (

    select * from {{ ref('trial_compared') }}

),

days as (

    select
        horizon,
        dt,
        row_number() over (partition by horizon order by dt desc) - 1 as days_back,
        floor(count(*) over (partition by horizon) / cast({{ n_blocks }} as double precision))
            as block_length
    from compared
    group by horizon, dt

),

-- equally long blocks up to the newest day, so the oldest days may be left over
placed as (

    select
        horizon,
        dt,
        cast(floor(days_back / block_length) as integer) as block_no
    from days
    where block_length >= 2

),

used as (

    select
        compared.*,
        placed.block_no
    from compared
    inner join placed on compared.horizon = placed.horizon and compared.dt = placed.dt
    where placed.block_no < {{ n_blocks }}

),

series as (

    select
        horizon,
        run_id,
        array_agg(spread order by dt) as spreads
    from used
    group by horizon, run_id

),

-- a choice between a trial and its copy is none, and ties of the two would count as overfitting
distinct_trials as (

    select
        horizon,
        min(run_id) as run_id
    from series
    group by horizon, spreads

),

blocks as (

    select
        used.horizon,
        used.run_id,
        used.block_no,
        cast(count(*) as bigint) as n_periods,
        sum(used.spread) as sum_spread,
        sum(power(used.spread, 2)) as sum_squares
    from used
    inner join distinct_trials
        on used.horizon = distinct_trials.horizon and used.run_id = distinct_trials.run_id
    group by used.horizon, used.run_id, used.block_no

)

select * from blocks
