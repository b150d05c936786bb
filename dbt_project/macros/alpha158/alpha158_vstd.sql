{#- Sample standard deviation of the volume relative to today's volume. -#}
{% macro alpha158_vstd(days) %}
    volume_std_{{ days }} / (volume + 1e-12)
{% endmacro %}
