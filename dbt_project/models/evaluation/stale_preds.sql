{{ config(materialized='view') }}

with preds as (

    select ticker, dt, horizon, model_id, level, known_at from {{ ref('stg_ml__preds') }}

),

forecast_days as (

    select dt, min(known_at) as known_at
    from preds
    group by dt

),

days as (

    select
        trading_days.dt,
        trading_days.is_open,
        min(forecast_days.known_at) over (
            order by trading_days.dt desc rows unbounded preceding
        ) as oldest_known_at
    from {{ ref('int_trading_days') }} as trading_days
    left join forecast_days on trading_days.dt = forecast_days.dt

),

-- versions that came after some forecast of their own day or a later one: not the daily new rows
late_versions as (

    select versions.ticker, versions.dt, versions.loaded_at
    from {{ ref('stg_market__price_versions') }} as versions
    inner join days on versions.dt = days.dt
    where versions.loaded_at > days.oldest_known_at

),

windows as (

    select
        dt,
        coalesce(
            lag(dt, {{ var('feature_lookback') }}) over (order by dt), date '0001-01-01'
        ) as from_dt
    from days
    where is_open

),

-- a date that opened or closed moves every window that holds it
turned_days as (

    select changes.dt, changes.changed_at
    from {{ ref('int_calendar_changes') }} as changes
    inner join days on changes.dt = days.dt
    where changes.changed_at > days.oldest_known_at

),

touched as (

    select preds.*, 'price' as reason, causes.dt as changed_dt, causes.loaded_at as changed_at
    from preds
    left join windows on preds.dt = windows.dt
    inner join late_versions as causes
        on
            preds.ticker = causes.ticker
            and causes.dt between coalesce(windows.from_dt, preds.dt) and preds.dt
            and preds.known_at < causes.loaded_at
    union all
    select preds.*, 'calendar' as reason, causes.dt as changed_dt, causes.changed_at
    from preds
    left join windows on preds.dt = windows.dt
    inner join turned_days as causes
        on
            causes.dt between coalesce(windows.from_dt, preds.dt) and preds.dt
            and preds.known_at < causes.changed_at

),

stale as (

    select
        ticker,
        dt,
        horizon,
        model_id,
        level,
        cast(max(reason) as varchar) as reason,
        min(changed_dt) as changed_dt,
        known_at,
        max(changed_at) as changed_at
    from touched
    group by ticker, dt, horizon, model_id, level, known_at

)

select * from stale
