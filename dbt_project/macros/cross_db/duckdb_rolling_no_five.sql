{#- The five before a ticker's first row: sums of zero, no extremes. (As the default of a lag it spares
    a coalesce of every field.) -#}
{% macro duckdb_rolling_no_five() %}
    {{- return('row(' ~ duckdb_rolling_five_fields().values() | join(', ') ~ ')') -}}
{% endmacro %}
