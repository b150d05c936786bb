{#- Rises of the volume as a share of its absolute changes. -#}
{% macro alpha158_vsump(days) %}
    volume_rise_{{ days }} / (volume_rise_{{ days }} + volume_fall_{{ days }} + 1e-12)
{% endmacro %}
