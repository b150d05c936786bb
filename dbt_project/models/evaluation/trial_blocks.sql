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

blocks as (

    select
        compared.horizon,
        compared.run_id,
        placed.block_no,
        cast(count(*) as bigint) as n_periods,
        sum(compared.spread) as sum_spread,
        sum(power(compared.spread, 2)) as sum_squares
    from compared
    inner join placed on compared.horizon = placed.horizon and compared.dt = placed.dt
    where placed.block_no < {{ n_blocks }}
    group by compared.horizon, compared.run_id, placed.block_no

)

select * from blocks
