{#- Today's residual from the regression line. -#}
{% macro alpha158_resi(days) %}
    (close - close_line_{{ days }}) / close
{% endmacro %}
