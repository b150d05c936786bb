{#- Rises of the close as a share of its absolute changes. -#}
{% macro alpha158_sump(days) %}
    close_rise_{{ days }} / (close_rise_{{ days }} + close_fall_{{ days }} + 1e-12)
{% endmacro %}
