{#- The columns of a window that are asked of the engine, at the first sort. -#}
{% macro duckdb_rolling_asked(days) %}
    {%- set d = '_' ~ days -%}
    {{- return(['close' ~ d ~ '_ago'] + (['close_q20' ~ d, 'close_q80' ~ d] if days > 10 else [])) -}}
{% endmacro %}
