{#- Coefficient of variation of the volume-weighted absolute return. -#}
{% macro alpha158_wvma(days) %}
    move_std_{{ days }} / (move_mean_{{ days }} + 1e-12)
{% endmacro %}
