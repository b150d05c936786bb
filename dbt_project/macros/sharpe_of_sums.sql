{#- Sharpe ratio from the columns n_periods, sum_spread and sum_squares, rounded so that copies of
    one trial tie whatever the order of their sums; one whose returns do not vary comes last. -#}
{% macro sharpe_of_sums() -%}
    {% set mean = '(sum_spread / n_periods)' -%}
    {% set mean_square = '(sum_squares / n_periods)' -%}
    {% set variance = '(' ~ mean_square ~ ' - ' ~ mean ~ ' * ' ~ mean ~ ')' -%}
    case
        when {{ variance }} * n_periods / (n_periods - 1) > 1e-12 * {{ mean_square }}
            then
                floor(
                    {{ mean }} / sqrt({{ variance }} * n_periods / (n_periods - 1)) * 1e10 + 0.5
                ) / 1e10
        else -1e300
    end
{%- endmacro %}
