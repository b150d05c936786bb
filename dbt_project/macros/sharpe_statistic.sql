{#- How many standard errors a Sharpe ratio lies above a benchmark, both per period, from the
    columns sharpe, skewness, kurtosis and n_periods (Bailey and Lopez de Prado, The Sharpe Ratio
    Efficient Frontier, Journal of Risk 15(2), 2012). Empty where the moments allow no error. -#}
{% macro sharpe_statistic(benchmark) -%}
    {% set variance = '(1 - skewness * sharpe + (kurtosis - 1) / 4 * power(sharpe, 2))' -%}
    case
        when {{ variance }} > 0
            then (sharpe - {{ benchmark }}) * sqrt((n_periods - 1) / {{ variance }})
    end
{%- endmacro %}
