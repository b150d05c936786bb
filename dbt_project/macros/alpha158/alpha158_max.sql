{#- Highest high. -#}
{% macro alpha158_max(days) %}
    high_max_{{ days }} / close
{% endmacro %}
