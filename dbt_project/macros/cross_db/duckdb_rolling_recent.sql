{#- Each row with itself and the five rows before as structs: bar_0 is today's. An extreme's key puts
    a suspended day above every high and below every low, but a day before the first one nowhere.
    Beside them what is asked of other rows. -#}
{% macro duckdb_rolling_recent(relation, asked) %}
select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    is_context,
    {%- for name, expression in asked.items() %}
    {{ expression }} as {{ name }},
    {%- endfor %}
    bar_0,
    {{ lagged_terms('lag(bar_0, {k}) over by_day as bar_{k}', range(1, 6), ',\n    ') }}
from (
    select
        *,
        struct_pack(
            close := close,
            high := high,
            low := low,
            volume := volume,
            log_volume := log_volume,
            high_key := coalesce(high, 'infinity'),
            low_key := coalesce(low, '-infinity')
        ) as bar_0
    from {{ relation }}
) as bars
window
    by_ticker as (partition by ticker),
    by_day as (partition by ticker order by dt)
{%- endmacro %}
