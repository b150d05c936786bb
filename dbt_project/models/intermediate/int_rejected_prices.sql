{{ config(
    materialized='incremental',
    incremental_strategy='replace_after',
    indexes=table_indexes(['ticker', 'dt'], ['changed_at']),
) }}

with changes as (

    {{ changes_since_last_build() }}

),

days as (

    select dt, is_open
    from {{ ref('int_trading_days') }}
    where n_refused > 0 or not is_open

),

prices as (

    select checked.*, days.is_open
    from changes
    inner join {{ ref('int_checked_prices') }} as checked
        on changes.ticker = checked.ticker and changes.after_dt < checked.dt
    inner join days on checked.dt = days.dt

),

rejected as (

    select
        ticker,
        cast(coalesce(rejection_reason, 'no_quorum') as varchar) as rejection_reason,
        open,
        high,
        low,
        close,
        volume,
        dt,
        loaded_at,
        {{ newest_change() }} as changed_at
    from prices
    where rejection_reason is not null or not is_open

)

select * from rejected
