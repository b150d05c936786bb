{#- Highest high. -#}
{% macro alpha158_max(days) %}
    high_max_{{ days }} / nullif(close, 0)
{% endmacro %}
