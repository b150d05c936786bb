-- depends_on: {{ ref('int_trading_days') }}, {{ ref('stg_market__prices') }}
-- depends_on: {{ ref('int_accepted_prices') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=table_indexes(['ticker', 'changed_at'], ['changed_at']),
) }}

{% set since = '> ' ~ newest_change_in(this) if is_incremental() else 'is not null' %}

-- a delivery that arrives during the build is left to the next one
with new_versions as (

    select ticker, dt
    from {{ ref('stg_market__price_versions') }}
    where
        loaded_at {{ since }}
        and loaded_at <= (select loaded_at from {{ ref('int_latest_load') }})

),

{% if is_incremental() -%}
-- a date that opened or closed changes every grid that reaches it
new_days as (

    select min(dt) as from_dt, max(dt) as to_dt
    from {{ ref('int_trading_days') }}
    where changed_at {{ since }}

),
{%- endif %}

touched as (

    select ticker, min(from_dt) as from_dt, max(to_dt) as to_dt
    from (
        select ticker, min(dt) as from_dt, max(dt) as to_dt
        from new_versions
        group by ticker
        {% if is_incremental() -%}
        union all
        select prices.ticker, new_days.from_dt, new_days.to_dt
        from {{ ref('stg_market__prices') }} as prices
        inner join new_days on prices.dt >= new_days.from_dt
        where prices.dt >= (select from_dt from new_days)
        group by prices.ticker, new_days.from_dt, new_days.to_dt
        {%- endif %}
    ) as reasons
    group by ticker

),

-- a gap up to the next price comes and goes with the changed one
{{ last_prices_before() }},

stamped as (

    select
        anchored.ticker,
        anchored.after_dt,
        anchored.to_dt,
        latest.loaded_at as changed_at
    from anchored
    cross join {{ ref('int_latest_load') }} as latest

)

select * from stamped
