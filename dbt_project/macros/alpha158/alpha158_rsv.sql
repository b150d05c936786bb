{#- Place of the close between lowest low and highest high. -#}
{% macro alpha158_rsv(days) %}
    (close - low_min_{{ days }}) / (high_max_{{ days }} - low_min_{{ days }} + 1e-12)
{% endmacro %}
