{#- What is added up over the fives of a window. -#}
{% macro duckdb_rolling_summed() %}
    {{- return((duckdb_rolling_terms() | list) + ['higher_closes']) -}}
{% endmacro %}
