{#- 20 % quantile of the close. -#}
{% macro alpha158_qtld(days) %}
    close_q20_{{ days }} / close
{% endmacro %}
