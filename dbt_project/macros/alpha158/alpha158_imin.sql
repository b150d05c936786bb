{#- Place of the lowest low, counted from the oldest row. -#}
{% macro alpha158_imin(days) %}
    low_argmin_{{ days }} / {{ days }}.0
{% endmacro %}
