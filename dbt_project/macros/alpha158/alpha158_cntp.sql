{#- Share of days on which the close rose; a day without a comparison counts as not risen. -#}
{% macro alpha158_cntp(days) %}
    close_rises_{{ days }} / rows_{{ days }}
{% endmacro %}
