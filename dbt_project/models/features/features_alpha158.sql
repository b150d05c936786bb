-- depends_on: {{ ref('int_trading_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_after',
    indexes=table_indexes(['ticker', 'dt'], ['dt', 'changed_at']),
) }}

with changes as (  -- noqa: ST03

    {{ changes_since_last_build() }}

),

{{ windows_of_changed_tickers() }},

alpha158 as (

    {{ alpha158('grid') }}

),

changed as (

    select
        alpha158.*,
        {{ newest_change() }} as changed_at
    from alpha158
    {% if is_incremental() -%}
    inner join changes
        on alpha158.ticker = changes.ticker and alpha158.dt > changes.after_dt
    {%- endif %}

)

select * from changed
