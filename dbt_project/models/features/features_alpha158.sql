-- depends_on: {{ ref('int_trading_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_after',
    indexes=table_indexes(['ticker', 'dt'], ['dt', 'changed_at']),
) }}

with {{ windows_of_changed_tickers() }},

alpha158 as (

    {{ alpha158('grid') }}

),

stamped as (

    select
        *,
        {{ newest_change() }} as changed_at
    from alpha158

)

select * from stamped
