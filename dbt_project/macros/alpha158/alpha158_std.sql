{#- Sample standard deviation of the close. -#}
{% macro alpha158_std(days) %}
    close_std_{{ days }} / close
{% endmacro %}
