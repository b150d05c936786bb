{#- One of the counts in a bigint of counters. -#}
{% macro duckdb_rolling_count(counters, name) -%}
    {%- set place = (duckdb_rolling_counters() | list).index(name) -%}
    {%- set count = 'cast((' ~ counters ~ ' >> ' ~ 6 * place ~ ') & 63 as double precision)' -%}
    {%- if name in ['rises', 'falls'] -%}
        {{ count }}
    {%- else -%}
        case when {{ counters }} & {{ 63 * 64 ** place }} > 0 then {{ count }} end
    {%- endif -%}
{%- endmacro %}
