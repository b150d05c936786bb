{#- Rises minus falls of the volume as a share of its absolute changes. -#}
{% macro alpha158_vsumd(days) %}
    {%- set rise, fall = 'volume_rise_' ~ days, 'volume_fall_' ~ days -%}
    {{ alpha158_without_residue('(' ~ rise ~ ' - ' ~ fall ~ ') / (' ~ rise ~ ' + ' ~ fall ~ ' + 1e-12)') }}
{% endmacro %}
