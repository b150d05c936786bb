{#- The columns of a window that are asked of the engine at the first sort: a lag, and the quantiles of
    long windows. Of a few new rows those come from the sorted fives, which spares windows over their
    context. -#}
{% macro duckdb_rolling_asked(days) %}
    {{- return(['close_' ~ days ~ '_ago'] + duckdb_rolling_asked_quantiles(days)) -}}
{% endmacro %}


{% macro duckdb_rolling_asked_quantiles(days) %}
    {%- set is_asked = days > 10 and not is_incremental() -%}
    {{- return(['close_q20_' ~ days, 'close_q80_' ~ days] if is_asked else []) -}}
{% endmacro %}
