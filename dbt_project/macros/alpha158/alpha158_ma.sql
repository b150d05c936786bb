{#- Moving average of the close. -#}
{% macro alpha158_ma(days) %}
    close_mean_{{ days }} / close
{% endmacro %}
