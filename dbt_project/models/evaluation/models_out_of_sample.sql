-- depends_on: {{ ref('int_latest_load') }}
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

),

-- a date that opened or closed in between moves the day, and what is judged from there on
stamped as (

    select
        dated.*,
        {% if is_incremental() -%}
        {% set moved = 'dated.first_dt is distinct from coalesce(earlier.first_dt, dated.first_dt)' -%}
        case when {{ moved }} then latest.loaded_at else earlier.moved_at end as moved_at,
        case
            when {{ moved }} then least(coalesce(dated.first_dt, earlier.first_dt), earlier.first_dt)
            else earlier.moved_from_dt
        end as moved_from_dt
        {%- else -%}
        cast(null as timestamp) as moved_at,
        cast(null as date) as moved_from_dt
        {%- endif %}
    from dated
    {% if is_incremental() -%}
    cross join {{ ref('int_latest_load') }} as latest
    left join {{ this }} as earlier on dated.model_id = earlier.model_id
    {%- endif %}

)

select * from stamped
