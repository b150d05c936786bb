{#- Rises minus falls of the close as a share of its absolute changes. -#}
{% macro alpha158_sumd(days) %}
    {%- set rise, fall = 'close_rise_' ~ days, 'close_fall_' ~ days -%}
    {{ alpha158_without_residue('(' ~ rise ~ ' - ' ~ fall ~ ') / (' ~ rise ~ ' + ' ~ fall ~ ' + 1e-12)') }}
{% endmacro %}
