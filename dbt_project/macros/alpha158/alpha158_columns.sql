{% macro alpha158_columns() %}
    {{- return(alpha158_features() | map('first') | list) -}}
{% endmacro %}
