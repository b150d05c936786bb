{#- The range of dates whose number of live or traded tickers the new price versions can change:
    all of them in a full build. -#}
{% macro dates_to_recount() -%}
    {% if is_incremental() -%}
    select
        min(dt) as from_dt,
        max(dt) + {{ var('calendar_live_days') }} as to_dt
    from {{ ref('stg_market__price_versions') }}
    where loaded_at > (
        select coalesce(max(counted_at), timestamp '0001-01-01 00:00:00') from {{ this }}
    )
    {%- else -%}
    select date '0001-01-31' as from_dt, date '9999-12-01' as to_dt
    {%- endif %}
{%- endmacro %}
