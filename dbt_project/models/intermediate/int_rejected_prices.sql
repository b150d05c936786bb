{{ config(
    materialized='incremental',
    incremental_strategy='replace_after',
    indexes=table_indexes(['ticker', 'dt'], ['changed_at']),
) }}

with changes as (

    {{ changes_since_last_build() }}

),

prices as (

    select checked.*
    from changes
    inner join {{ ref('int_checked_prices') }} as checked
        on changes.ticker = checked.ticker and changes.after_dt < checked.dt

),

trading_days as (

    select * from {{ ref('int_trading_days') }}

),

rejected as (

    select
        prices.ticker,
        cast(coalesce(prices.rejection_reason, 'no_quorum') as varchar) as rejection_reason,
        prices.open,
        prices.high,
        prices.low,
        prices.close,
        prices.volume,
        prices.dt,
        prices.loaded_at,
        {{ newest_change() }} as changed_at
    from prices
    inner join trading_days on prices.dt = trading_days.dt
    where prices.rejection_reason is not null or not trading_days.is_open

)

select * from rejected
