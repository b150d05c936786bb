{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='model_id',
) }}

with days as (

    select dt, row_number() over (order by dt) as day_no
    from {{ ref('int_trading_days') }}
    where is_open

),

-- the folds of a horizon end with the last day that its model learned from
learned as (

    select run_id, horizon, max(dt_to) as dt_to
    from {{ ref('stg_ml__cv_folds') }}
    group by run_id, horizon

),

-- number of the day on which the last label that a model learned from was known
models as (

    select
        models.model_id,
        models.run_id,
        (
            select count(*)
            from days
            where days.dt <= least(learned.dt_to, runs.data_cutoff)
        ) + models.horizon + {{ var('entry_lag') }} as known_no
    from {{ ref('stg_ml__models') }} as models
    inner join {{ ref('stg_ml__runs') }} as runs on models.run_id = runs.run_id
    left join learned on models.run_id = learned.run_id and models.horizon = learned.horizon

),

dated as (

    select
        models.model_id,
        models.run_id,
        days.dt as first_dt
    from models
    left join days on models.known_no = days.day_no

)

select * from dated
