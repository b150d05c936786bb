{#- Rows from the lowest low to the highest high. -#}
{% macro alpha158_imxd(days) %}
    (high_argmax_{{ days }} - low_argmin_{{ days }}) / {{ days }}.0
{% endmacro %}
