{#- Place of the highest high, counted from the oldest row. -#}
{% macro alpha158_imax(days) %}
    high_argmax_{{ days }} / {{ days }}.0
{% endmacro %}
