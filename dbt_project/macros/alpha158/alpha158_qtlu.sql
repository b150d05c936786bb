{#- 80 % quantile of the close. -#}
{% macro alpha158_qtlu(days) %}
    close_q80_{{ days }} / close
{% endmacro %}
