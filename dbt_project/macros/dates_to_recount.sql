{#- The range of dates whose number of live or traded tickers the new price versions can change:
    all of them in a full build. It joins the dates counted before, because a calendar of the user's
    (var calendar_table) can have days in between on which nothing was delivered. -#}
{% macro dates_to_recount() -%}
    {% if is_incremental() -%}
    select
        least(min(dt), (select max(dt) + 1 from {{ this }})) as from_dt,
        greatest(
            max(dt) + {{ var('calendar_live_days') }}, (select min(dt) - 1 from {{ this }})
        ) as to_dt
    from {{ ref('stg_market__price_versions') }}
    where loaded_at > (
        select coalesce(max(counted_at), timestamp '0001-01-01 00:00:00') from {{ this }}
    )
    {%- else -%}
    select date '0001-01-31' as from_dt, date '9999-12-01' as to_dt
    {%- endif %}
{%- endmacro %}
