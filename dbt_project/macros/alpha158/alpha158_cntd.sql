{#- Share of rising days minus share of falling days. -#}
{% macro alpha158_cntd(days) %}
    (close_rises_{{ days }} - close_falls_{{ days }}) / rows_{{ days }}
{% endmacro %}
