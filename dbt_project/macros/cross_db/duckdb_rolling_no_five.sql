{#- The five before a ticker's first row: sums of zero, no extremes, in the order of the fields of
    duckdb_rolling_fives. (As the default of a lag it spares a coalesce of every field.) -#}
{% macro duckdb_rolling_no_five() %}
    {%- set closes = ["'infinity'"] * 5 + ['null'] -%}
    {%- set sums = ['0'] * duckdb_rolling_terms() | length -%}
    {%- set extremes = ['null', 'null', '0'] * 2 -%}
    {{- return('row(' ~ (closes + sums + extremes + ['0'] * 3) | join(', ') ~ ')') -}}
{% endmacro %}
