{#- Slope per day of the regression line through the closes. -#}
{% macro alpha158_beta(days) %}
    {{ alpha158_without_residue('close_slope_' ~ days ~ ' / close') }}
{% endmacro %}
