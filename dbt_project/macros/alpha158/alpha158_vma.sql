{#- Moving average of the volume relative to today's. -#}
{% macro alpha158_vma(days) %}
    volume_mean_{{ days }} / (volume + 1e-12)
{% endmacro %}
