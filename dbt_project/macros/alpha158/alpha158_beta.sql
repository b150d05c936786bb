{#- Slope per day of the regression line through the closes. -#}
{% macro alpha158_beta(days) %}
    close_slope_{{ days }} / close
{% endmacro %}
