{#- One of the counts in a bigint of counters. -#}
{% macro duckdb_rolling_count(counters, name) -%}
    {%- set place = (duckdb_rolling_counters() | list).index(name) -%}
    cast(({{ counters }} >> {{ 6 * place }}) & 63 as double precision)
{%- endmacro %}
