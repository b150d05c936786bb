{#- Correlation of the ratios to the day before of close and volume; where either is flat none. -#}
{% macro alpha158_cord(days) %}
    case
        when close_ratio_std_{{ days }} > 2e-5 and volume_ratio_std_{{ days }} > 2e-5
            then close_volume_ratio_corr_{{ days }}
    end
{% endmacro %}
