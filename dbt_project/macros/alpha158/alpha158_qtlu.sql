{#- 80 % quantile of the close. -#}
{% macro alpha158_qtlu(days) %}
    close_q80_{{ days }} / nullif(close, 0)
{% endmacro %}
