{#- What a row has beside its windows. -#}
{% macro duckdb_rolling_bar() %}
    {{- return(['ticker', 'dt', 'open', 'high', 'low', 'close', 'volume', 'vwap']) -}}
{% endmacro %}
