{#- Today's residual from the regression line. -#}
{% macro alpha158_resi(days) %}
    {{ alpha158_without_residue('(close - close_line_' ~ days ~ ') / close') }}
{% endmacro %}
