{% macro alpha158_windows() %}
    {{- return([5, 10, 20, 30, 60]) -}}
{% endmacro %}
