with days as (

    select * from {{ ref('stg_ml__trial_days') }}

),

numbered as (

    select
        days.*,
        dense_rank() over (partition by horizon order by dt) - 1 as day_no
    from days

),

-- returns over h days overlap, every h-th does not; a day that fills no book earns nothing
periods as (

    select
        horizon,
        run_id,
        dt,
        coalesce(spread, 0) as spread
    from numbered
    where day_no % horizon = 0

)

select * from periods
