{#- The day's other prices relative to its close. -#}
{% macro alpha158_price() %}
    {{- return([
        ['open0', 'open / close'],
        ['high0', 'high / close'],
        ['low0', 'low / close'],
        ['vwap0', 'vwap / close'],
    ]) -}}
{% endmacro %}
