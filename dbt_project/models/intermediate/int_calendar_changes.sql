{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with days as (

    select dt, is_open, changed_at from {{ ref('int_trading_days') }}

),

{% if is_incremental() -%}
known as (

    select
        dt,
        is_open,
        row_number() over (partition by dt order by changed_at desc) as age
    from {{ this }}

),

changed as (

    select days.dt, days.is_open, days.changed_at
    from days
    left join known on days.dt = known.dt and known.age = 1
    where days.is_open <> coalesce(known.is_open, false)

)
{%- else -%}
changed as (

    select dt, is_open, timestamp '0001-01-01 00:00:00' as changed_at
    from days
    where is_open

)
{%- endif %}

select * from changed
