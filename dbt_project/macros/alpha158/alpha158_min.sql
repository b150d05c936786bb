{#- Lowest low. -#}
{% macro alpha158_min(days) %}
    low_min_{{ days }} / close
{% endmacro %}
