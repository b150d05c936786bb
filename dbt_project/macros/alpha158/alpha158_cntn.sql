{#- Share of days on which the close fell. -#}
{% macro alpha158_cntn(days) %}
    close_falls_{{ days }} / rows_{{ days }}
{% endmacro %}
