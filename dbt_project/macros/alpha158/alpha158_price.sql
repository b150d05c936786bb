{#- The day's other prices relative to its close. -#}
{% macro alpha158_price() %}
    {{- return([
        ['open0', 'open / nullif(close, 0)'],
        ['high0', 'high / nullif(close, 0)'],
        ['low0', 'low / nullif(close, 0)'],
        ['vwap0', 'vwap / nullif(close, 0)'],
    ]) -}}
{% endmacro %}
